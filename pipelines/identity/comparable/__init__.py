"""What people wrote, made comparable: numbers, names, telephones and home addresses, a column at
a time."""
