# one rule a figure, named after it: `snakemake --cores 2 fig3`
for figure in FIGURES:

    rule:
        name:
            f"{figure}"
        input:
            tables=[f"<results>/{figure}/{table}.parquet" for table in TABLES],
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
            results=subpath(input[0], parent=True),
        message:
            "{params.figure}: drawing"
        shell:
            "python -m lazyrich figure {params.figure} --results {params.results:q}"
            " --figure {output:q} > {log:q} 2>&1"
