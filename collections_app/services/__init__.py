"""Acts on letters: issuing, sending, receipts."""
