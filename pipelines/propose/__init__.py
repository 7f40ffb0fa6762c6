"""A new department: look at what it delivers, propose the declaration, try it."""
