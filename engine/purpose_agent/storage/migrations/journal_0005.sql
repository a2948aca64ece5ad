-- The latest job of a study or a vault is looked up at every look at it, among ever so many jobs of runs.
CREATE INDEX jobs_by_study ON jobs (json_extract(body, '$.spec.study_id'))
    WHERE json_extract(body, '$.spec.study_id') IS NOT NULL;
CREATE INDEX jobs_by_vault ON jobs (json_extract(body, '$.spec.vault_id'))
    WHERE json_extract(body, '$.spec.vault_id') IS NOT NULL;
