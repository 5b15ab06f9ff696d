"""The second paper's applied experiments at laptop scale: data, batched ReLU networks, optimisers. numpy only."""
