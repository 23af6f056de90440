"""The build of functions and layer, run by `sam build`."""
