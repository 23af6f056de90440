"""What `sam build` runs: installs and compiles what ships."""
