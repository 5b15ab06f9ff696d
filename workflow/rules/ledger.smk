# What the tables prove: the ledger of claims, agreement, drift; `snakemake --cores 2 claims` and `… check`.
STATEMENTS = [
    file for name in FIGURES for file in beside(name, "claims.yaml", "tables.yaml")
]
MEASURES = [
    figure.module("measures")
    for name, figure in FIGURES.items()
    if beside(name, "measures.py")
]
EVERY_TABLE = [table for figure in FIGURES for table in tables_of(figure)]


rule ledger:
    input:
        tables=EVERY_TABLE,
        statements=STATEMENTS,
        code=code_of("lazyrich.pipeline.ledger.__main__", *MEASURES),
    output:
        "<results>/claims.parquet",
        "<results>/agreement.parquet",
    log:
        "<logs>/ledger.log",
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        results=subpath(output[0], parent=True),
        figures=list(FIGURES),
        preset=config["preset"],
    message:
        "claims and agreement, from every table"
    shell:
        "python -m lazyrich.pipeline.ledger write --results {params.results:q}"
        " --preset {params.preset} --figures {params.figures} > {log:q} 2>&1"


# no output: it is asked for to be read
rule claims:
    input:
        "<results>/claims.parquet",
        "<results>/agreement.parquet",
    log:
        "<logs>/claims.log",
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        results=subpath(input[0], parent=True),
    message:
        "claims and agreement"
    shell:
        "python -m lazyrich.pipeline.ledger claims --results {params.results:q} 2>&1 | tee {log:q}"


for name, does in {
    "check": "config and numbers compared with the reference",
    "refresh": "these numbers become the reference",
    "power": "which changes of one number the check would see",
}.items():

    rule:
        name:
            f"{name}"
        input:
            EVERY_TABLE,
        log:
            f"<logs>/{name}.log",
        conda:
            "../../envs/lazyrich.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            command=name,
            results=subpath(input[0], ancestor=3),
            reference=os.path.relpath(REPOSITORY / "tests/reference"),
            figures=list(FIGURES),
            preset=config["preset"],
            config=whole_config(),
        message:
            does
        shell:
            "python -m lazyrich.pipeline.ledger {params.command} --results {params.results:q}"
            " --reference {params.reference:q} --preset {params.preset} --config {params.config:q}"
            " --figures {params.figures} 2>&1 | tee {log:q}"


rule report:
    input:
        tables=EVERY_TABLE,
        ledger=["<results>/claims.parquet", "<results>/agreement.parquet"],
        figures=expand(
            "<figures>/{figure}.{suffix}", figure=FIGURES, suffix=["png", "rst"]
        ),
        page=[
            os.path.relpath(REPOSITORY / "workflow/report" / name)
            for name in ("page.html.j2", "errata.yaml")
        ],
        code=code_of("lazyrich.pipeline.ledger.report"),
    output:
        "<figures>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        results=subpath(input[0], ancestor=3),
        drawn=subpath(output[0], parent=True),
        page=lambda wildcards, input: os.path.dirname(input.page[0]),
        figures=list(FIGURES),
        config=whole_config(),
    message:
        "the page that holds every figure, claim and choice"
    shell:
        "python -m lazyrich.pipeline.ledger.report --results {params.results:q} --drawn {params.drawn:q}"
        " --page {params.page:q} --figures {params.figures}"
        " --config {params.config:q} --output {output:q} > {log:q} 2>&1"
