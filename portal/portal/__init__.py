"""The reference portal: a server-rendered client of the public contract, signed in over OpenID Connect like any other."""
