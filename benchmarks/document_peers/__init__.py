"""The same agreement by other engines, each written as its own manual suggests, from the same `Content`.

They say the same words in the same blocks, on A4, in the same face, at the same sizes and margins: parties side by
side, articles in two columns, boxes in a row, a QR code on each page. Ours takes two pages, and so do they, but for
Platypus, which begins its balanced columns on a page of their own, and typst, which does not balance its own: three.
In one column Platypus takes two pages and a third of the time. None of them writes the address of the code out, and
none but typst and WeasyPrint in their accessible modes makes a tagged file. Those two are given codes ready made by our
coder, at next to no cost; Platypus asks `qrcode`, as a developer does.
"""
