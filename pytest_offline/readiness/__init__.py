"""When is a site ready to be taken offline? What it declares, and the verdict on what is known.

Pure: texts and facts in, declarations and verdicts out. Who asks the site and the browser, and who
waits, is elsewhere.
"""
