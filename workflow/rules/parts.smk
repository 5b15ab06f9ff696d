# a stage of a sweep with more runs than runs_per_job, in parts; the rules of the stages gather them
rule part:
    input:
        code=experiment_code,
        tables=lambda wildcards: [
            f"<results>/{wildcards.experiment}/{table}"
            for table in tables_before(wildcards.experiment, wildcards.stage)
        ],
    output:
        temp("<results>/{experiment}/parts/{stage}-{part}-of-{parts}.parquet"),
    log:
        "<logs>/{experiment}/parts/{stage}-{part}-of-{parts}.log",
    benchmark:
        "<benchmarks>/{experiment}/parts/{stage}-{part}-of-{parts}.tsv"
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output[0], ancestor=2),
        config=experiment_config,
        seed=config["seed"],
    message:
        "{wildcards.experiment}: part {wildcards.part} of {wildcards.parts} of {wildcards.stage}"
    shell:
        "python -m lazyrich {wildcards.stage} {wildcards.experiment} --results {params.results:q}"
        " --seed {params.seed} --config {params.config:q} --part {wildcards.part} {wildcards.parts} > {log:q} 2>&1"
