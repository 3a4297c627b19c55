"""Several tables of one question: the keys between them, checked row by row, and the one table that is made of them."""
