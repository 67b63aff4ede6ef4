"""`paceline completion`: the script that makes a shell complete paceline's commands and options."""

import click
from click.shell_completion import get_completion_class

_COMPLETION_VARIABLE = "_PACELINE_COMPLETE"


@click.command(
    epilog="""\b
Examples:
  bash: echo 'eval "$(paceline completion bash)"' >> ~/.bashrc
  zsh:  echo 'eval "$(paceline completion zsh)"' >> ~/.zshrc
  fish: paceline completion fish > ~/.config/fish/completions/paceline.fish"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL: bash (4.4 or newer), zsh or fish."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}", ctx)
    click.echo(kind(ctx.find_root().command, {}, "paceline", _COMPLETION_VARIABLE).source())
