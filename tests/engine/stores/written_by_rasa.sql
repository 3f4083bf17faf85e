BEGIN TRANSACTION;
CREATE TABLE events (
	id INTEGER NOT NULL, 
	sender_id VARCHAR(255) NOT NULL, 
	type_name VARCHAR(255) NOT NULL, 
	timestamp FLOAT, 
	intent_name VARCHAR(255), 
	action_name VARCHAR(255), 
	data TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'ada','action',100.0,NULL,'action_session_start','{"event": "action", "timestamp": 100.0, "metadata": {"model_id": "m"}, "name": "action_session_start", "policy": null, "confidence": null, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(2,'ada','session_started',100.1,NULL,NULL,'{"event": "session_started", "timestamp": 100.1, "metadata": {"model_id": "m"}}');
INSERT INTO "events" VALUES(3,'ada','action',100.2,NULL,'action_listen','{"event": "action", "timestamp": 100.2, "metadata": {"model_id": "m"}, "name": "action_listen", "policy": null, "confidence": null, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(4,'ada','user',101.0,'book',NULL,'{"event": "user", "timestamp": 101.0, "metadata": {"page": "home", "model_id": "m"}, "text": "to Z\u00fcrich", "parse_data": {"intent": {"name": "book", "confidence": 0.98765}, "entities": [{"entity": "city", "value": "Z\u00fcrich", "start": 3, "end": 9}], "text": "to Z\u00fcrich", "message_id": "id-101.0", "metadata": {"page": "home"}, "intent_ranking": [{"name": "book", "confidence": 0.98765}]}, "input_channel": "rest", "message_id": "id-101.0"}');
INSERT INTO "events" VALUES(5,'ada','slot',101.1,NULL,'city','{"event": "slot", "timestamp": 101.1, "metadata": {"model_id": "m"}, "name": "city", "value": "Z\u00fcrich"}');
INSERT INTO "events" VALUES(6,'ada','user_featurization',101.2,NULL,NULL,'{"event": "user_featurization", "timestamp": 101.2, "metadata": {"model_id": "m"}, "use_text_for_featurization": false}');
INSERT INTO "events" VALUES(7,'ada','action',101.3,NULL,'utter_greet','{"event": "action", "timestamp": 101.3, "metadata": {"model_id": "m"}, "name": "utter_greet", "policy": "RulePolicy", "confidence": 1.0, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(8,'ada','bot',101.4,NULL,NULL,'{"event": "bot", "timestamp": 101.4, "metadata": {"model_id": "m"}, "text": "Hello \ud83d\ude86", "data": {"buttons": [{"title": "x", "payload": "/x"}]}}');
INSERT INTO "events" VALUES(9,'ada','action',101.5,NULL,'action_listen','{"event": "action", "timestamp": 101.5, "metadata": {"model_id": "m"}, "name": "action_listen", "policy": "RulePolicy", "confidence": 1.0, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(10,'ada','action',200.0,NULL,'action_session_start','{"event": "action", "timestamp": 200.0, "metadata": {"model_id": "m"}, "name": "action_session_start", "policy": null, "confidence": null, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(11,'ada','session_started',200.1,NULL,NULL,'{"event": "session_started", "timestamp": 200.1, "metadata": {"model_id": "m"}}');
INSERT INTO "events" VALUES(12,'ada','action',200.2,NULL,'action_listen','{"event": "action", "timestamp": 200.2, "metadata": {"model_id": "m"}, "name": "action_listen", "policy": null, "confidence": null, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(13,'ada','user',201.0,'book',NULL,'{"event": "user", "timestamp": 201.0, "metadata": {"page": "home", "model_id": "m"}, "text": "to Bern", "parse_data": {"intent": {"name": "book", "confidence": 0.98765}, "entities": [{"entity": "city", "value": "Z\u00fcrich", "start": 3, "end": 9}], "text": "to Bern", "message_id": "id-201.0", "metadata": {"page": "home"}, "intent_ranking": [{"name": "book", "confidence": 0.98765}]}, "input_channel": "rest", "message_id": "id-201.0"}');
INSERT INTO "events" VALUES(14,'ada','slot',201.1,NULL,'city','{"event": "slot", "timestamp": 201.1, "metadata": {"model_id": "m"}, "name": "city", "value": "Z\u00fcrich"}');
INSERT INTO "events" VALUES(15,'ada','user_featurization',201.2,NULL,NULL,'{"event": "user_featurization", "timestamp": 201.2, "metadata": {"model_id": "m"}, "use_text_for_featurization": false}');
INSERT INTO "events" VALUES(16,'ada','action',201.3,NULL,'utter_greet','{"event": "action", "timestamp": 201.3, "metadata": {"model_id": "m"}, "name": "utter_greet", "policy": "RulePolicy", "confidence": 1.0, "action_text": null, "hide_rule_turn": false}');
INSERT INTO "events" VALUES(17,'ada','bot',201.4,NULL,NULL,'{"event": "bot", "timestamp": 201.4, "metadata": {"model_id": "m"}, "text": "Hello \ud83d\ude86", "data": {"buttons": [{"title": "x", "payload": "/x"}]}}');
INSERT INTO "events" VALUES(18,'ada','action',201.5,NULL,'action_listen','{"event": "action", "timestamp": 201.5, "metadata": {"model_id": "m"}, "name": "action_listen", "policy": "RulePolicy", "confidence": 1.0, "action_text": null, "hide_rule_turn": false}');
CREATE INDEX ix_events_sender_id ON events (sender_id);
COMMIT;
