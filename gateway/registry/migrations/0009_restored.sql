-- Epochs whose nodes have said where they stand since this file was restored
-- from a backup. meta holds 'restored', the words to say of what came between the
-- backup and the restoration, where it ever was.
CREATE TABLE heard (
    node  TEXT NOT NULL,
    epoch TEXT NOT NULL,
    PRIMARY KEY (node, epoch)
) WITHOUT ROWID;
