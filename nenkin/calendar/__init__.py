"""Japan's public holidays, the banks' business days and the days on which pensions are paid."""
