# task -> theory -> simulation of each figure; which tables a stage writes stands in the figure's tables.yaml
DOES = {
    "task": "drawing tasks and initial weights",
    "theory": "evaluating the exact solution",
    "simulation": "gradient descent, compared with the exact solution",
}

for figure in FIGURES:
    for stage in STAGES:

        rule:
            name:
                f"{figure}_{stage}"
            input:
                code=experiment_code,
                tables=[
                    f"<results>/{{experiment}}/{table}"
                    for table in tables_before(figure, stage)
                ],
                parts=parts_of(stage),
            output:
                [
                    f"<results>/{{experiment}}/{table}"
                    for table in dictionary.files(figure, stage)
                ],
            log:
                f"<logs>/{{experiment}}/{stage}.log",
            benchmark:
                f"<benchmarks>/{{experiment}}/{stage}.tsv"
            wildcard_constraints:
                experiment=figure,
            conda:
                "../../envs/lazyrich.yaml"
            threads: 1
            resources:
                mem_mb=memory,
                runtime=30,
            params:
                stage=stage,
                results=subpath(output[0], ancestor=2),
                config=experiment_config,
                seed=config["seed"],
            message:
                f"{{wildcards.experiment}}: {DOES[stage]}"
            shell:
                "python -m lazyrich {params.stage} {wildcards.experiment} --results {params.results:q}"
                " --seed {params.seed} --config {params.config:q} --parts {input.parts:q} > {log:q} 2>&1"
