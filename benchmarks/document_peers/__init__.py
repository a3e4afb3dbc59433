"""The same agreement by other engines, each written as its own manual suggests, from the same `Content`.

They say the same words in the same blocks, on A4, in the same face, with the same number of columns and boxes and a
QR code on each page. None of them but typst and WeasyPrint in their accessible modes makes a tagged file.
"""
