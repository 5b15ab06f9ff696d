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
            "lazyrich.pipeline.records",
        ),
    output:
        "<results>/benchmarks.parquet",
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
        largest=200 if config["preset"] == "full" else 8,
    message:
        "timing the exact solution and its rivals: leave the machine alone for some minutes"
    shell:
        "python {params.scripts:q} --groups exact descent parquet start --largest {params.largest}"
        " --output {output:q} > {log:q} 2>&1"


rule figP1:
    input:
        table="<results>/benchmarks.parquet",
        code=code_of("lazyrich.figures.figP1_speed.draw"),
    output:
        "<figures>/figP1.png",
        report(
            "<figures>/figP1.svg",
            caption="../../src/lazyrich/figures/figP1_speed/caption.rst",
            category="Speed",
            labels={"figure": "figP1", "format": "svg"},
        ),
        report(
            "<figures>/figP1.pdf",
            caption="../../src/lazyrich/figures/figP1_speed/caption.rst",
            category="Speed",
            labels={"figure": "figP1", "format": "pdf"},
        ),
    log:
        "<logs>/figP1.log",
    conda:
        "../../envs/lazyrich.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "figP1: drawing"
    shell:
        "python -m lazyrich.figures.figP1_speed.draw {input.table:q} {output:q} > {log:q} 2>&1"
