"""What a question asks: its words found in the table become the slots of one typed Query, or are said to be open."""
