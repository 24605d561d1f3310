"""What is paid: entitlements and figures, accounts, care premiums, pay runs, the ledger and the banks' files.

Rules live in nenkin.benefits, nenkin.calendar and nenkin.zengin; here they meet the `payments` database. Every row is
added and none is changed, and what makes a second payment impossible is a constraint there.
"""
