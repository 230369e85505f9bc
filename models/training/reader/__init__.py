"""How the bundled reader is made: a small multilingual encoder, its vocabulary cut to Chinese and English, taught to say whether
a window of text answers a question and where.

``data`` reads the sets, ``negatives`` finds windows that are near and do not answer, ``made`` changes questions so that they are not
answered and asks across languages, ``drawn`` keeps examples for another machine, ``model`` computes, ``train`` learns, ``export``
writes the one file that is bundled.
"""
