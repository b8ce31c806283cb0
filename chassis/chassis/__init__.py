"""What every service needs and none owns: transactions, events, rules, lifecycles, authority, pages. Knows no word of the domain."""
