-- First versions of the terms shown at sign-up. A new version is a new migration with new rows.
INSERT INTO user_service.terms (id, version, language, title, body, required) VALUES
('service', 1, 'ko', '서비스 이용약관',
$$제1조 (목적) 이 약관은 회사가 제공하는 공연 예매 서비스의 이용 조건과 절차, 회사와 회원의 권리와 의무를 정합니다.
제2조 (계정) 회원은 본인 확인을 거쳐 한 사람당 하나의 계정만 만들 수 있으며, 계정을 다른 사람에게 빌려주거나 넘길 수 없습니다.
제3조 (대기와 예매) 예매는 대기열에 들어온 순서대로 진행됩니다. 한 번에 최대 4석을 선택할 수 있고, 선택한 좌석은 5분 동안 유지되며 그 안에 결제하지 않으면 자동으로 해제됩니다.
제4조 (결제) 결제 금액은 회사의 서버가 좌석 가격으로 확인하며, 금액이 다르면 결제는 취소되고 전액 환불됩니다.
제5조 (취소와 환불) 예매는 공연일 전날까지 취소할 수 있으며, 공연일까지 남은 기간에 따라 취소 수수료가 부과됩니다. 공연이 취소되면 전액 환불합니다.
제6조 (금지 행위) 자동화 프로그램을 이용한 예매, 부정한 방법의 대기열 통과, 웃돈을 받는 재판매를 금지하며 위반 시 예매를 취소하고 이용을 제한할 수 있습니다.
제7조 (탈퇴) 회원은 언제든지 탈퇴할 수 있습니다.$$, true),
('service', 1, 'en', 'Terms of service',
$$1. Purpose. These terms govern the ticket reservation service and the rights and duties of the company and its members.
2. Account. A member proves their identity and may hold one account, which must not be lent or handed to anybody else.
3. Queue and reservation. Reservations are taken in the order of entry into the waiting room. Up to 4 seats may be chosen at once; they are held for 5 minutes and released by themselves if they have not been paid for by then.
4. Payment. Our server checks the amount against the seat prices. If it differs, the payment is cancelled and refunded in full.
5. Cancellation and refund. A reservation may be cancelled until the day before the show; a fee applies depending on the days left. If the show is cancelled, everything is refunded.
6. Forbidden conduct. Automated purchase, passing the waiting room by unfair means and resale above the price paid are forbidden; such reservations may be cancelled and accounts restricted.
7. Withdrawal. A member may withdraw at any time.$$, true),
('privacy', 1, 'ko', '개인정보 수집 및 이용 동의',
$$1. 수집 항목: 이메일, 비밀번호, 이름, 휴대전화 번호, 본인확인 결과(CI, DI), 접속 기록(IP 주소, 브라우저 정보), 예매 및 결제 내역.
2. 이용 목적: 회원 식별과 중복 가입 방지, 예매와 결제 처리, 부정 이용 방지, 고객 문의 응대, 법령상 의무 이행.
3. 보유 기간: 회원 탈퇴 시까지. 다만 관계 법령이 정한 기간(계약과 대금 결제 기록 5년, 소비자 불만 및 분쟁 처리 기록 3년, 접속 기록 3개월) 동안은 분리하여 보관한 뒤 파기합니다.
4. 보호 조치: 이메일, 이름, 휴대전화 번호, CI와 DI는 암호화하여 저장합니다.
5. 동의를 거부할 권리가 있으나, 필수 항목에 동의하지 않으면 가입할 수 없습니다.$$, true),
('privacy', 1, 'en', 'Collection and use of personal data',
$$1. What is collected: e-mail address, password, name, mobile number, the result of identity verification (CI, DI), access records (IP address, browser), reservations and payments.
2. What for: recognising members and preventing second accounts, handling reservations and payments, preventing abuse, answering enquiries, meeting legal duties.
3. How long: until withdrawal. Records that the law requires are kept apart for their period (contracts and payments 5 years, complaints and disputes 3 years, access records 3 months) and then destroyed.
4. Protection: e-mail address, name, mobile number, CI and DI are stored encrypted.
5. You may refuse, but you cannot sign up without agreeing to what is required.$$, true),
('marketing', 1, 'ko', '마케팅 정보 수신 동의 (선택)',
$$새로운 공연, 예매 시작 알림, 할인과 이벤트 소식을 이메일과 문자로 받습니다. 동의하지 않아도 서비스를 이용할 수 있으며, 동의는 언제든지 철회할 수 있습니다.$$, false),
('marketing', 1, 'en', 'Marketing messages (optional)',
$$You receive news of shows, sale openings, discounts and campaigns by e-mail and text message. The service can be used without agreeing, and consent can be withdrawn at any time.$$, false);
