"""Use cases: one public function a file; what they need of the world stands in ports."""
