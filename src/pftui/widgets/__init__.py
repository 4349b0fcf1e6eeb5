"""What knows no noun of the domain: the table, the filter bar, the footer, inputs, the theme."""
