"""What comes in after a register is loaded: daily changes, claims, hotline cases, leave, files of the unlicensed. All invented."""
