"""The Teleconsultations port over DynamoDB."""
