rule task:
    input:
        code=experiment_code,
    output:
        runs="<results>/{experiment}/runs.parquet",
        task="<results>/{experiment}/task.parquet",
    log:
        "<logs>/{experiment}/task.log",
    benchmark:
        "<benchmarks>/{experiment}/task.tsv"
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=30,
    params:
        results=subpath(output.task, parent=True),
        config=experiment_config,
        seed=config["seed"],
    message:
        "{wildcards.experiment}: drawing tasks and initial weights"
    shell:
        "python -m lazyrich task {wildcards.experiment} --results {params.results:q}"
        " --seed {params.seed} --config {params.config:q} > {log:q} 2>&1"
