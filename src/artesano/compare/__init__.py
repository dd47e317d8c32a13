"""Many runs beside each other, read from their folders alone. No torch here."""
