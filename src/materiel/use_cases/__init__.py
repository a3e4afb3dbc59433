"""What a user can ask: one public function, one permission, one transaction, one journal entry."""
