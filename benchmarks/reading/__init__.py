"""Reading pictures of returned forms, measured: invented documents, what people and machines do to them, the truth.

`make` writes the files with their truth, `measure` reads them as `cmforms read` does, `report` writes the tables.
"""
