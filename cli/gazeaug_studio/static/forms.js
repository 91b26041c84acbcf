// Forms of commands, made from their descriptions: see docs of `commandForm` in the contract.
