# one rule a figure, named after it: `snakemake --cores 2 fig3`
for figure in FIGURES:

    rule:
        name:
            f"{figure}"
        input:
            tables=tables_of(figure),
            code=drawing_code(figure),
        output:
            [drawing(figure, suffix) for suffix in config["formats"]],
            filled_caption(figure),
        log:
            f"<logs>/{figure}/figure.log",
        benchmark:
            f"<benchmarks>/{figure}/figure.tsv"
        conda:
            "../../envs/lazyrich.yaml"
        threads: 1
        resources:
            mem_mb=memory_of(figure),
            runtime=10,
        params:
            figure=figure,
            config=json.dumps(config[figure], sort_keys=True),
            preset=config["preset"],
            results=subpath(input[0], ancestor=3),
        message:
            "{params.figure}: drawing"
        shell:
            "python -m lazyrich.pipeline.drawing {params.figure} --results {params.results:q}"
            " --config {params.config:q} --preset {params.preset} {output:q} > {log:q} 2>&1"
