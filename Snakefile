# The workflow is in workflow/Snakefile. An included rule never becomes the default target, so it is named here.
include: "workflow/Snakefile"


rule default:
    default_target: True
    input:
        rules.all.input,
