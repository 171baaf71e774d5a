"""The ledger (台账): what a cell, a station or a bureau has to look after, on a day, and who answers for it."""
