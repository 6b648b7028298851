// What pages do beyond HTML; every page works without it.
