// Where the config file is looked for; apart from config.ts, so that `simpost --help` need not load the validator.

export const defaultConfigFile = '/etc/simpost/simpost.toml'
