rule theory:
    input:
        code=experiment_code,
        runs="<results>/{experiment}/runs.parquet",
        task="<results>/{experiment}/task.parquet",
        parts=parts_of("theory"),
    output:
        "<results>/{experiment}/theory.parquet",
    log:
        "<logs>/{experiment}/theory.log",
    benchmark:
        "<benchmarks>/{experiment}/theory.tsv"
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=30,
    params:
        results=subpath(output[0], parent=True),
        config=experiment_config,
        seed=config["seed"],
    message:
        "{wildcards.experiment}: evaluating the exact solution"
    shell:
        "python -m lazyrich theory {wildcards.experiment} --results {params.results:q}"
        " --seed {params.seed} --config {params.config:q} --parts {input.parts:q} > {log:q} 2>&1"
