"""What adapters over HTTP share. Imported by them when they are used, never when the folder is looked at."""
