"""BPMN and DMN: runs diagrams, knows neither people nor schools."""
