"""Who is told what, where and in which language."""
