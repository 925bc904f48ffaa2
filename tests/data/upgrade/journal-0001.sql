BEGIN TRANSACTION;
CREATE TABLE account (
	name VARCHAR(80) NOT NULL, 
	person VARCHAR(200) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password VARCHAR(300) NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (name)
);
INSERT INTO "account" VALUES('anne','Dr Anne Moreau','approver','$argon2id$v=19$m=65536,t=3,p=4$0pQppLq+Lo1t+Z6xQ1OG7g$rN71HMbmZtgOnD7zCLRqCa3fTAjDtf+SyGk4yaZgnzw',0,1,'2026-11-30T17:56:45+00:00');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempt (
	name VARCHAR(80) NOT NULL, 
	address VARCHAR(80) NOT NULL, 
	failures INTEGER NOT NULL, 
	failed FLOAT NOT NULL, 
	succeeded FLOAT NOT NULL, 
	CONSTRAINT pk_attempt PRIMARY KEY (name, address)
);
CREATE TABLE event (
	number INTEGER NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	"by" VARCHAR(80) NOT NULL, 
	person VARCHAR(200) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	text VARCHAR(80) NOT NULL, 
	claim VARCHAR(80) NOT NULL, 
	against VARCHAR(64) NOT NULL, 
	result VARCHAR(64) NOT NULL, 
	accepted BOOLEAN NOT NULL, 
	payload TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (number), 
	CONSTRAINT uq_event_id UNIQUE (id), 
	CONSTRAINT uq_event_hash UNIQUE (hash)
);
INSERT INTO "event" VALUES(1,'b31b4d18-f08d-4bd9-a07b-cba1fc8e7d41','2026-11-30T17:56:45.172568+00:00','anne','Dr Anne Moreau','review','bain','eases-pain','4572f4ae2f7582326f307c699ebb2bb9a76e72fb7dbb589a722e56e617637bab','c230ee00d78f7a5f48205abd9dc4777d0dd145b952f9fbc824f2d35aac6d7c2e',1,'{"changes":{"certainty":"moderate"},"reason":"Un seul essai."}','0000000000000000000000000000000000000000000000000000000000000000','b8c28bb023b179f9ff1fe62fa3e48c96669dbc2c9d18dba5ed2ce987957353c0');
INSERT INTO "event" VALUES(2,'22ba93d6-7648-4e7b-b2ba-f1d704b74e4e','2026-11-30T17:56:45.449370+00:00','anne','Dr Anne Moreau','comment','bain','lasts-minutes','','',1,'{"words":"À vérifier."}','b8c28bb023b179f9ff1fe62fa3e48c96669dbc2c9d18dba5ed2ce987957353c0','26843f43b802b581321d926b2fb88b82c57a5ba754cb0ea36d833b148dd071e9');
INSERT INTO "event" VALUES(3,'4560a5a3-1216-4999-a21d-f3e872612871','2026-11-30T17:56:49.963782+00:00','anne','Dr Anne Moreau','sign-off','bain','eases-pain','c230ee00d78f7a5f48205abd9dc4777d0dd145b952f9fbc824f2d35aac6d7c2e','c230ee00d78f7a5f48205abd9dc4777d0dd145b952f9fbc824f2d35aac6d7c2e',1,'{"note":"Un seul essai.","page":"","proposal":{"certainty":"high","verdict":"supported"},"references":{"moreau2020":"a99fbcc3c968f3e12606e822d4bb3dc8d7fb245e13a18de1bb062defcebf821f"}}','26843f43b802b581321d926b2fb88b82c57a5ba754cb0ea36d833b148dd071e9','341e5142c987f69407e97ba86c6a3d33251c3fcae50e1fbcd728962cf845c390');
CREATE TABLE head (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_head PRIMARY KEY (id)
);
INSERT INTO "head" VALUES(1,3,'341e5142c987f69407e97ba86c6a3d33251c3fcae50e1fbcd728962cf845c390');
CREATE INDEX ix_event_text_claim_number ON event (text, claim, number);
CREATE INDEX ix_attempt_address ON attempt (address);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
COMMIT;
