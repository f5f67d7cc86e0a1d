"""The shared engine: phrases in folded text, French inflection. Knows no medicine."""
