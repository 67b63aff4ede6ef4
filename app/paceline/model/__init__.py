"""What the words of Paceline mean: plain models, no I/O, nothing imported from its siblings."""
