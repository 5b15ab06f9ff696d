# How fast: `snakemake --cores 2 figP1`. No part of `all`: no two runs take the same time.
rule benchmarks:
    input:
        scripts=[
            os.path.relpath(REPOSITORY / "benchmarks" / name)
            for name in (
                "__main__.py",
                "computing.py",
                "rivals.py",
                "stopwatch.py",
                "waiting.py",
            )
        ],
        code=code_of(
            "lazyrich.linear.riccati",
            "lazyrich.linear.descent",
            "lazyrich.figures.figP1_speed.tables",
            "lazyrich.pipeline.stages",
        ),
    output:
        expand(
            "<results>/benchmarks/{table}.parquet", table=["times", "errors", "fits"]
        ),
    log:
        "<logs>/benchmarks.log",
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=5000,
        runtime=60,
    params:
        scripts=lambda wildcards, input: os.path.dirname(input.scripts[0]),
        folder=subpath(output[0], parent=True),
        largest=200 if config["preset"] == "full" else 8,
    message:
        "timing the exact solution and its rivals: leave the machine alone for some minutes"
    shell:
        "python {params.scripts:q} --groups exact descent parquet start --largest {params.largest}"
        " --output {params.folder:q} > {log:q} 2>&1"


rule figP1:
    input:
        tables=rules.benchmarks.output,
        code=code_of("lazyrich.figures.figP1_speed.__main__"),
        caption=os.path.relpath(
            REPOSITORY / "src/lazyrich/figures/figP1_speed/caption.rst"
        ),
    output:
        "<figures>/figP1.png",
        *(
            report(
                f"<figures>/figP1.{suffix}",
                caption=os.path.abspath(
                    workflow.pathvars.apply("<figures>/figP1.rst")
                ),
                category="Speed",
                labels={"figure": "figP1", "format": suffix},
            )
            for suffix in ("svg", "pdf")
        ),
        "<figures>/figP1.rst",
    log:
        "<logs>/figP1.log",
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        folder=subpath(input[0], parent=True),
    message:
        "figP1: drawing"
    shell:
        "python -m lazyrich.figures.figP1_speed {params.folder:q} {output:q} > {log:q} 2>&1"
