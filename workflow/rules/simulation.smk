rule simulation:
    input:
        code=experiment_code,
        runs="<results>/{experiment}/runs.parquet",
        task="<results>/{experiment}/task.parquet",
        theory="<results>/{experiment}/theory.parquet",
        parts=parts_of("simulation"),
    output:
        "<results>/{experiment}/simulation.parquet",
    log:
        "<logs>/{experiment}/simulation.log",
    benchmark:
        "<benchmarks>/{experiment}/simulation.tsv"
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
        "{wildcards.experiment}: gradient descent, compared with the exact solution"
    shell:
        "python -m lazyrich simulation {wildcards.experiment} --results {params.results:q}"
        " --seed {params.seed} --config {params.config:q} --parts {input.parts:q} > {log:q} 2>&1"
