"""Templates from definitions: the fillable PDF and the Word document of each form and language."""
