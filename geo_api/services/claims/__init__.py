"""Claims: new and moved entities wait in their cell until its officers claim them, hand them on or dispute them."""
