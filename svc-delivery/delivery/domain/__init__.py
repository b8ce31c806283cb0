"""What delivery decides, free of databases and wires: the way of an envelope, its deadlines and its door code."""
