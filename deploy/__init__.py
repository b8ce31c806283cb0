"""How the platform is put on a machine: the embedded launcher, and the files for servers."""
