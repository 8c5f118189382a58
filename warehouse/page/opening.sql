-- One row: the event by which a text opened a proposal (the variable `proposal`), as the rules read it; none where the profile knew it.
SELECT event."version", event.data FROM proposal JOIN mention ON mention.mention_id = proposal.mention_id JOIN log.event ON event.position = mention.position
WHERE proposal.proposal_id = getvariable('proposal')::VARCHAR AND event.type = 'mention.detected';
