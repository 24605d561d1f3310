"""The banks' fixed-length files (全銀協規定形式): records of 120 bytes for transfers and direct debits."""
