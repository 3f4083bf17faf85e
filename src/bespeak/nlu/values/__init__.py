"""Numbers, times, amounts and addresses in a text, under Duckling's names and in its shapes.

This stands in where no Duckling server answers. Load it by name when the first text is to be
read: what it stands on (babel, phonenumbers, dateparser) is imported by nobody else.
"""
