"""Ready senders for what several services ask of outside bodies: fees, facts and texts."""
