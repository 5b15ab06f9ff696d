# one rule a figure, named after it: `snakemake --cores 2 fig3`
for figure in FIGURES:

    rule:
        name:
            f"{figure}"
        input:
            tables=tables_of(figure),
            code=code_of(FIGURES[figure].module("draw")),
        output:
            [drawing(figure, suffix) for suffix in config["formats"]],
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
            config=drawing_config(figure),
            results=subpath(input[0], ancestor=2),
        message:
            "{params.figure}: drawing"
        shell:
            "python -m lazyrich figure {params.figure} --results {params.results:q}"
            " --config {params.config:q} --figure {output:q} > {log:q} 2>&1"
