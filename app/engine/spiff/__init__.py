"""Everything that knows the inside of SpiffWorkflow 3.2.0: our task specs, parser, live workflow, state codec.

SpiffWorkflow executes; this package makes right what it does wrong or silently drops. Almost all of that is done
by subclasses registered in our parser; the few patches that cannot be subclasses are in `patches`, each with its
reason. The version is asserted there, in one place.
"""

from app.engine.spiff import patches as patches
